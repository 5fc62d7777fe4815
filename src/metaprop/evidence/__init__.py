"""What was observed: tables of studies, cells of counts, and folders of data sets."""
