/**
 * The executable as a package of Debian and of RPM systems. They hold one program and its papers: no service, no
 * user, no script that runs at installation.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const SUMMARY = 'tell whether a Netdata Agent can reach Netdata Cloud';
const ABOUT = [
  'Decides on a server whether the Netdata Agent there can claim and hold its',
  'link to Netdata Cloud, names the one cause if it cannot, who has to act, and',
  'what to change. Prints rules for the firewalls and proxies in between.',
];
const MAINTAINER = 'netdata-egress maintainers <netdata-egress@users.noreply.github.com>';
const DEB = { 'linux-x64': 'amd64', 'linux-arm64': 'arm64' };
const RPM = { 'linux-x64': 'x86_64', 'linux-arm64': 'aarch64' };

/** gzip without a name and a time in its header. */
const gzip = (text) => gzipSync(text, { level: 9 });

function put(root, path, content, mode = 0o644) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  writeFileSync(file, content);
  chmodSync(file, mode);
}

/** What both kinds hold. `papers.completions`: path below /usr/share and text. */
function common(root, executable, papers) {
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  copyFileSync(executable, join(root, 'usr/bin/netdata-egress'));
  chmodSync(join(root, 'usr/bin/netdata-egress'), 0o755);
  put(root, 'usr/share/man/man1/netdata-egress.1.gz', gzip(papers.manual));
  for (const [path, text] of papers.completions) put(root, `usr/share/${path}`, text);
}

function inTemporary(work) {
  const folder = mkdtempSync(join(tmpdir(), 'nde-package-'));
  // The modes of what is packed must not depend on who packs it.
  const before = process.umask(0o022);
  try {
    chmodSync(folder, 0o755);
    return work(folder);
  } finally {
    process.umask(before);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** RFC 5322, as debian/changelog wants it; of the sources. */
const rfc5322 = (seconds) => new Date(seconds * 1000).toUTCString().replace('GMT', '+0000');

const COPYRIGHT = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: netdata-egress
Comment: What the program holds besides itself, Node.js and npm packages, comes
 under the licences in /usr/share/doc/netdata-egress/LICENSES.gz, word for word.

Files: *
Copyright: 2026 the authors of netdata-egress
License: Apache-2.0
 On Debian systems, the full text of the Apache License, Version 2.0, is in
 /usr/share/common-licenses/Apache-2.0.
`;

/** Node is built with its own copies of these, and is not built for Debian alone. */
const OVERRIDES = `netdata-egress: embedded-library *
netdata-egress: hardening-no-pie *
netdata-egress: hardening-no-bindnow *
netdata-egress: hardening-no-fortify-functions *
netdata-egress: no-manual-page *
netdata-egress: initial-upload-closes-no-bugs *
`;

/**
 * @param papers what the packages hold besides the program: version, time (seconds), manual, licences, changelog,
 *   completions
 * @returns the name of the file in `output`
 */
export function deb(platform, executable, papers, output) {
  return inTemporary((folder) => {
    const root = join(folder, 'root');
    common(root, executable, papers);
    const doc = 'usr/share/doc/netdata-egress';
    const version = `${papers.version}-1`;
    put(root, `${doc}/copyright`, COPYRIGHT);
    put(root, `${doc}/LICENSES.gz`, gzip(papers.licences));
    put(root, `${doc}/changelog.gz`, gzip(papers.changelog));
    put(
      root,
      `${doc}/changelog.Debian.gz`,
      gzip(
        `netdata-egress (${version}) stable; urgency=medium\n\n  * Release ${papers.version}; see changelog.gz.\n\n -- ${MAINTAINER}  ${rfc5322(papers.time)}\n`,
      ),
    );
    put(root, 'usr/share/lintian/overrides/netdata-egress', OVERRIDES);
    const size = Math.ceil(
      Number(execFileSync('du', ['-sk', '--apparent-size', root], { encoding: 'utf8' }).split('\t')[0]),
    );
    put(
      root,
      'DEBIAN/control',
      [
        'Package: netdata-egress',
        `Version: ${version}`,
        `Architecture: ${DEB[platform]}`,
        `Maintainer: ${MAINTAINER}`,
        `Installed-Size: ${String(size)}`,
        'Depends: libc6 (>= 2.28), libgcc-s1 | libgcc1, libstdc++6 (>= 5.2)',
        'Suggests: nftables | iptables, ca-certificates',
        'Section: net',
        'Priority: optional',
        `Description: ${SUMMARY}`,
        ...ABOUT.map((line) => ` ${line}`),
        '',
      ].join('\n'),
    );
    const files = execFileSync('find', ['usr', '-type', 'f', '-print0'], { cwd: root, encoding: 'utf8' });
    const sums = execFileSync('md5sum', files.split('\0').filter(Boolean).sort(), { cwd: root, encoding: 'utf8' });
    put(root, 'DEBIAN/md5sums', sums);
    const name = `netdata-egress_${version}_${DEB[platform]}.deb`;
    const how = ['--root-owner-group', '-Zxz', '-z6', '--threads-max=1'];
    execFileSync('dpkg-deb', [...how, '--build', root, join(output, name)], { stdio: ['ignore', 'ignore', 'inherit'] });
    return name;
  });
}

/** @see deb */
export function rpm(platform, executable, papers, output) {
  return inTemporary((folder) => {
    const root = join(folder, 'root');
    // Where zsh looks there.
    const places = papers.completions.map(([path, text]) => [
      path.replace('vendor-completions', 'site-functions'),
      text,
    ]);
    common(root, executable, { ...papers, completions: places });
    put(root, 'usr/share/licenses/netdata-egress/LICENSES', papers.licences);
    put(root, 'usr/share/doc/netdata-egress/CHANGELOG.md', papers.changelog);
    const files = execFileSync('find', ['usr', '-type', 'f', '-printf', '/%p\\n'], { cwd: root, encoding: 'utf8' });
    const marked = (path) =>
      path.startsWith('/usr/share/licenses/')
        ? `%license ${path}`
        : path.startsWith('/usr/share/doc/')
          ? `%doc ${path}`
          : path;
    const day = new Date(papers.time * 1000).toUTCString().replace(/(\w+), (\d+) (\w+) (\d+) .*/, '$1 $3 $2 $4');
    const spec = `Name: netdata-egress
Version: ${papers.version}
Release: 1
Summary: Tell whether a Netdata Agent can reach Netdata Cloud
License: Apache-2.0 AND MIT AND BSD-3-Clause AND ISC
Requires: glibc >= 2.28, libgcc, libstdc++
AutoReqProv: no

%description
${ABOUT.join('\n')}

%install
cp -a ${root}/. %{buildroot}/

%files
%defattr(-,root,root,-)
${files.trim().split('\n').sort().map(marked).join('\n')}

%changelog
* ${day} ${MAINTAINER} - ${papers.version}-1
- Release ${papers.version}; see CHANGELOG.md.
`;
    writeFileSync(join(folder, 'netdata-egress.spec'), spec);
    const define = {
      _topdir: join(folder, 'build'),
      _rpmdir: join(folder, 'rpms'),
      _build_id_links: 'none',
      _buildhost: 'reproducible',
      _binary_payload: 'w6.xzdio',
      use_source_date_epoch_as_buildtime: '1',
      clamp_mtime_to_source_date_epoch: '1',
      // The program is stripped already, and its own tools would look at no other processor's.
      __os_install_post: '%{nil}',
      debug_package: '%{nil}',
    };
    const options = Object.entries(define).flatMap(([key, value]) => ['--define', `${key} ${value}`]);
    execFileSync(
      'rpmbuild',
      ['-bb', '--quiet', '--target', `${RPM[platform]}-linux`, ...options, join(folder, 'netdata-egress.spec')],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    const [made] = readdirSync(join(folder, 'rpms', RPM[platform]));
    if (made === undefined) throw new Error('rpmbuild made no package');
    writeFileSync(join(output, made), readFileSync(join(folder, 'rpms', RPM[platform], made)));
    return made;
  });
}
