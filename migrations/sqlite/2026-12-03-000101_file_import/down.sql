DROP TABLE file_import;
