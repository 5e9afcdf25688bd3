-- What a signed report was written from: its document and its basis (templates and decisions) stand in the archive.
ALTER TABLE signed_reports ADD COLUMN docx_sha256 TEXT NOT NULL DEFAULT '';
ALTER TABLE signed_reports ADD COLUMN basis_sha256 TEXT NOT NULL DEFAULT '';
-- Why a year was signed again; empty for the first signature.
ALTER TABLE signed_reports ADD COLUMN reason TEXT NOT NULL DEFAULT '';
