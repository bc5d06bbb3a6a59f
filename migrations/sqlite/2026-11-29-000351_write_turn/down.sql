DROP TABLE write_turn;
