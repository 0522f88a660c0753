"""What a failed test shows and leaves behind."""
