"""The parts that Kopilka brings along and runs itself, where no server is given."""
