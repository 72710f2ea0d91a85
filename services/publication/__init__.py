"""Publishing campaign files and programme settings: writing them to the log, and waiting for their adoption."""
