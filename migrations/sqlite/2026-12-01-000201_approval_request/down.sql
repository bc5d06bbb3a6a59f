DROP TABLE approval_request;
