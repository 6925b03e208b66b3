"""The demo city: synthetic, seeded, framed on Zhengzhou's real outline. Nothing here is a legal boundary."""
