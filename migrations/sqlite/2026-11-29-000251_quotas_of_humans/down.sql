-- what belongs to the human being cannot be told apart by post again
SELECT 1;
