"""Templates of the check report: `check_report.docx` for Word, `check_report.typ` for PDF. docs/report.md lists the
placeholders; a folder `templates` in SPATIALHUB_HOME takes precedence, file by file."""
