"""The areas of the portal: for whom they are, their pages, their words and their templates."""
