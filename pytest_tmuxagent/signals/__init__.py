"""The channels by which an agent is observed: each turns what it sees into events."""
