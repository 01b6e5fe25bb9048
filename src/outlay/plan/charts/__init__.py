"""Pictures of a plan, one module each, all drawn in one look. Importing one of them imports matplotlib."""
