"""What is: contracts, reading, figures, snapshots and the ledger."""
