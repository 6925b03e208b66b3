"""The check report that people take away: one context of plain values, and a Word, a PDF, and a spreadsheet made of it."""
