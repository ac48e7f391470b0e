"""Where the tables of all features are described, beside those that every service has."""

from chassis.tables import metadata_with_chassis_tables

metadata = metadata_with_chassis_tables()
