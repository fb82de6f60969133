"""The two ledgers: what producers were promised against the stream, and the stream against the lake."""
