VACUUM {table}
