"""How a process tells what it does: log lines, metrics, and the port where both health and metrics are asked."""
