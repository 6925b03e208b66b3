"""The demo city: synthetic, seeded, framed on Zhengzhou's real outline. Nothing here is a legal boundary."""

NOTICE = "示例，非法定界线"
