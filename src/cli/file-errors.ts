/** Why a file could not be read or written, in words. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the quota is used up',
  EEXIST: 'it exists already',
  EFBIG: 'it is too large',
  EFOREIGNLINK: 'a symbolic link on its way belongs to somebody else; name the place that it leads to',
  EINVAL: 'it is not a file',
  EISDIR: 'it is a directory',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files: raise the limit (ulimit -n)',
  ENFILE: 'too many open files on this host',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left',
  ENOTDIR: 'a part of the path is not a directory',
  ENOTSUP: 'it is neither a file nor a pipe',
  ENXIO: 'nobody reads from it',
  EPERM: 'not permitted',
  EPIPE: 'its reader has left',
  EROFS: 'the file system is read-only',
  ETIMEDOUT: 'nothing moved for too long',
};

export function fileErrorText(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return WORDS[code] ?? (code === '' ? String(error) : code);
}
