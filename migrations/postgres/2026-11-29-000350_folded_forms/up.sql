-- The form that searches compare levels dashes, quotation marks and white space, and reads Ð and Ɖ as
-- d (docs/DOMAIN.md, spelling). What was stored before is written the same way.
UPDATE unit SET name_folded = trim(replace(replace(translate(name_folded, chr(240) || chr(598) || chr(8208) || chr(8209) || chr(8210) || chr(8211) || chr(8212) || chr(8213) || chr(8722) || chr(8216) || chr(8217) || chr(96) || chr(180) || chr(8220) || chr(8221) || chr(171) || chr(187) || chr(160) || chr(8239) || chr(9) || chr(10) || chr(13) || chr(8203) || chr(65279),
    'dd-------''''''''""""     '), '  ', ' '), '  ', ' '));
UPDATE person SET name_folded = trim(replace(replace(translate(name_folded, chr(240) || chr(598) || chr(8208) || chr(8209) || chr(8210) || chr(8211) || chr(8212) || chr(8213) || chr(8722) || chr(8216) || chr(8217) || chr(96) || chr(180) || chr(8220) || chr(8221) || chr(171) || chr(187) || chr(160) || chr(8239) || chr(9) || chr(10) || chr(13) || chr(8203) || chr(65279),
    'dd-------''''''''""""     '), '  ', ' '), '  ', ' '));
UPDATE event SET title_folded = trim(replace(replace(translate(title_folded, chr(240) || chr(598) || chr(8208) || chr(8209) || chr(8210) || chr(8211) || chr(8212) || chr(8213) || chr(8722) || chr(8216) || chr(8217) || chr(96) || chr(180) || chr(8220) || chr(8221) || chr(171) || chr(187) || chr(160) || chr(8239) || chr(9) || chr(10) || chr(13) || chr(8203) || chr(65279),
    'dd-------''''''''""""     '), '  ', ' '), '  ', ' '));
UPDATE item SET title_folded = trim(replace(replace(translate(title_folded, chr(240) || chr(598) || chr(8208) || chr(8209) || chr(8210) || chr(8211) || chr(8212) || chr(8213) || chr(8722) || chr(8216) || chr(8217) || chr(96) || chr(180) || chr(8220) || chr(8221) || chr(171) || chr(187) || chr(160) || chr(8239) || chr(9) || chr(10) || chr(13) || chr(8203) || chr(65279),
    'dd-------''''''''""""     '), '  ', ' '), '  ', ' '));
