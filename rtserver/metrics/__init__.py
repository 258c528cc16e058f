"""What goes on in this process, for Prometheus: counted where it happens, read and named when it is asked for."""
