-- The database in which everything embedded is kept. No row. Cannot run inside a transaction.
CREATE DATABASE kopilka;
