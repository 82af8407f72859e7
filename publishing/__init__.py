"""How pages become a site. Nothing here knows any page or snippet by name."""
