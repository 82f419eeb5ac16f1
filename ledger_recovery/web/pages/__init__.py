"""From the guide's state to HTML: views, words and pictures. Templates, sheets and static files lie beside it."""
