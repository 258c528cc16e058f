"""The care of the data: bringing the schema up to date, backup, restore, and copying from one database to another."""
