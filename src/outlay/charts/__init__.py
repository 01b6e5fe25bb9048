"""The look of every picture, and pictures as files. Importing a module of it imports matplotlib."""
