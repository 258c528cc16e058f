"""What many processes cost: the hop between two, their throughput, very many rooms, restarts one by one."""
