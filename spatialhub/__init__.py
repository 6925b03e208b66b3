"""Multi-plan integration: check where things may be built. Imports nothing eagerly."""
