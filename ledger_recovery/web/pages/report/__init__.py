"""[pure] The signed report as a page, a print-out and a PDF: one shape, filled by two families."""
