"""The web front. `webmap.app.create_app` is its table of contents; importing this package imports nothing."""
