"""The logins that staff and other services make for people, who activate them."""
