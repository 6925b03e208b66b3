"""The check report that people take away: one context of plain values, and Word, PDF and spreadsheet made of it."""
