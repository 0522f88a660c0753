"""The vendors' wire protocols, one module each: bytes in, values out, and back. No I/O."""
