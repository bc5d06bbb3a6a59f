DROP TABLE document_template;
DROP TABLE letterhead;
