"""What ships with the product beside code: the demo scene, engine scripts, icons. A leaf."""
