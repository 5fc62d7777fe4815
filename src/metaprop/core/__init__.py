"""What every other room uses: errors, files, wording, estimates, scales, methods."""
