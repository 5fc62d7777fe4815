"""The variance between studies: estimators, and intervals by Q-profile and profile likelihood."""
