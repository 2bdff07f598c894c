/**
 * The executable as a container image: an OCI image layout (https://github.com/opencontainers/image-spec) in one tar,
 * made without a daemon. Below it lies what the executable needs of Debian 12, and no more; the packages are fetched and
 * checked by apt. The same packages give the same bytes.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const ARCHITECTURES = { 'linux-x64': 'amd64', 'linux-arm64': 'arm64' };
/** nft reads the rules of a host whose network the container shares; the shell ends a run whose look-ups hang. */
const PACKAGES = ['libc6', 'libstdc++6', 'libgcc-s1', 'ca-certificates', 'dash', 'nftables'];
/** What their dependencies bring along for people and for package managers. Copyrights stay. */
const SUPERFLUOUS = [
  ...[
    'etc/apt',
    'lib/systemd',
    'usr/lib/mime',
    'usr/lib/systemd',
    'usr/libexec',
    'usr/share/bash-completion',
    'usr/share/bug',
  ],
  ...['usr/share/debconf', 'usr/share/dpkg', 'usr/share/gcc', 'usr/share/gdb', 'usr/share/lintian', 'usr/share/locale'],
  ...['usr/share/man', 'usr/share/menu', 'usr/share/perl5', 'usr/share/pixmaps', 'usr/share/polkit-1', 'var/cache/apt'],
  ...['var/cache/debconf', 'var/lib/apt', 'var/log'],
];
const NOBODY = 65534;

function tar(folder, seconds) {
  const same = [
    '--sort=name',
    `--mtime=@${String(seconds)}`,
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--format=gnu',
  ];
  return execFileSync('tar', [...same, '-C', folder, '-c', '.'], { maxBuffer: 1 << 30 });
}

/** Everything of Debian that the executable needs, unpacked into `folder`; no script of a package runs. */
function base(folder, architecture) {
  const how = ['--quiet', '--variant=extract', `--architectures=${architecture}`, `--include=${PACKAGES.join(',')}`];
  const packed = execFileSync('mmdebstrap', [...how, 'bookworm', '-'], { maxBuffer: 1 << 30, timeout: 600_000 });
  execFileSync('tar', ['-x', '-C', folder, '--exclude=./dev'], { input: packed });
  for (const path of SUPERFLUOUS) rmSync(join(folder, path), { recursive: true, force: true });
  for (const name of readdirSync(join(folder, 'usr/share/doc')))
    for (const file of readdirSync(join(folder, 'usr/share/doc', name)))
      if (file !== 'copyright') rmSync(join(folder, 'usr/share/doc', name, file), { recursive: true, force: true });
  // As update-ca-certificates(8) does, which runs at an installation.
  const roots = join(folder, 'usr/share/ca-certificates/mozilla');
  mkdirSync(join(folder, 'etc/ssl/certs'), { recursive: true });
  writeFileSync(
    join(folder, 'etc/ssl/certs/ca-certificates.crt'),
    readdirSync(roots)
      .sort()
      .map((file) => readFileSync(join(roots, file), 'utf8'))
      .join(''),
  );
  const users = `root:x:0:0:root:/root:/bin/sh\nnobody:x:${String(NOBODY)}:${String(NOBODY)}:nobody:/nonexistent:/usr/sbin/nologin\n`;
  writeFileSync(join(folder, 'etc/passwd'), users);
  writeFileSync(join(folder, 'etc/group'), `root:x:0:\nnogroup:x:${String(NOBODY)}:\n`);
  writeFileSync(join(folder, 'etc/nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files dns\n');
}

/**
 * @param papers version and time (seconds)
 * @returns the name of the file in `output`
 */
export function image(platform, executable, papers, output) {
  const architecture = ARCHITECTURES[platform];
  const work = mkdtempSync(join(tmpdir(), 'nde-image-'));
  const before = process.umask(0o022);
  try {
    const folder = (name) => {
      mkdirSync(join(work, name), { recursive: true });
      return join(work, name);
    };
    base(folder('base'), architecture);
    copyFileSync(executable, join(folder('program/usr/bin'), 'netdata-egress'));
    writeFileSync(join(folder('program/usr/share/doc/netdata-egress'), 'LICENSES'), papers.licences);

    const blobs = folder('layout/blobs/sha256');
    const blob = (mediaType, bytes) => {
      const hex = createHash('sha256').update(bytes).digest('hex');
      writeFileSync(join(blobs, hex), bytes);
      return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
    };
    const json = (mediaType, value) => blob(mediaType, Buffer.from(JSON.stringify(value)));
    const created = new Date(papers.time * 1000).toISOString();
    const layers = ['base', 'program'].map((name) => {
      const packed = tar(join(work, name), papers.time);
      const diffId = `sha256:${createHash('sha256').update(packed).digest('hex')}`;
      const descriptor = blob('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(packed, { level: 6 }));
      return { diffId, descriptor, name };
    });
    const config = json('application/vnd.oci.image.config.v1+json', {
      created,
      architecture,
      os: 'linux',
      config: {
        User: `${String(NOBODY)}:${String(NOBODY)}`,
        Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
        Entrypoint: ['/usr/bin/netdata-egress'],
        Cmd: ['doctor'],
        WorkingDir: '/',
        Labels: {
          'org.opencontainers.image.title': 'netdata-egress',
          'org.opencontainers.image.version': papers.version,
          'org.opencontainers.image.licenses': 'Apache-2.0',
        },
      },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history: layers.map(({ name }) => ({ created, created_by: name === 'base' ? 'Debian 12' : 'netdata-egress' })),
    });
    const manifest = json('application/vnd.oci.image.manifest.v1+json', {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config,
      layers: layers.map(({ descriptor }) => descriptor),
    });
    const annotations = {
      'org.opencontainers.image.ref.name': papers.version,
      'io.containerd.image.name': `docker.io/library/netdata-egress:${papers.version}`,
    };
    const index = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [{ ...manifest, platform: { architecture, os: 'linux' }, annotations }],
    };
    writeFileSync(join(work, 'layout/index.json'), JSON.stringify(index));
    writeFileSync(join(work, 'layout/oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    const name = `netdata-egress-image-${architecture}.tar`;
    writeFileSync(join(output, name), tar(join(work, 'layout'), papers.time));
    return name;
  } finally {
    process.umask(before);
    rmSync(work, { recursive: true, force: true });
  }
}
