"""Where the tables of all features are kept together."""

from chassis.tables import metadata_with_chassis_tables

metadata = metadata_with_chassis_tables()
