"""Several commands share these modules: options, lines, files, errors."""
