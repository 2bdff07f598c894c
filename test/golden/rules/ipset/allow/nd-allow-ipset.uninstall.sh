#!/bin/sh
# nd-allow id=netdata-cloud rev=8a97d3c23215 target=ipset mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
ipt4=${IPTABLES:-iptables}
ipt6=${IP6TABLES:-ip6tables}
nft_backend() {
	"$1" -V 2>/dev/null | grep -q nf_tables && command -v nft >/dev/null 2>&1
}
bare() {
	case $1 in *'comment "nd-allow made"'*) ;; *) return 1 ;; esac
	! printf '%s\n' "$1" | grep -qvE '^table |^[[:space:]]*(comment |}$|$|chain (INPUT|FORWARD|OUTPUT) )|^[[:space:]]*type filter hook .* policy accept;$'
}
give_back() {
	nft_backend "$1" || return 0
	table=$(nft list table "$2" filter 2>/dev/null) || return 0
	case $table in 'table '*' {
	comment "nd-allow made"'*)
		if bare "$table"; then
			nft delete table "$2" filter
			return 0
		fi ;;
	esac
	for chain in INPUT OUTPUT; do
		if bare "$(nft list chain "$2" filter "$chain" 2>/dev/null)"; then nft delete chain "$2" filter "$chain"; fi
	done
}
remove() {
	for to in ND-ALLOW-OUT ND-ALLOW ND-ALLOW-IN; do
		for chain in OUTPUT INPUT; do
			while "$1" -w -D "$chain" -m comment --comment 'nd-allow' -j "$to" 2>/dev/null; do :; done
		done
	done
	for chain in ND-ALLOW-OUT ND-ALLOW ND-ALLOW-IN; do
		if "$1" -w -n -L "$chain" >/dev/null 2>&1; then "$1" -w -F "$chain"; fi
	done
	for chain in ND-ALLOW-OUT ND-ALLOW ND-ALLOW-IN; do
		if "$1" -w -n -L "$chain" >/dev/null 2>&1; then "$1" -w -X "$chain"; fi
	done
}
remove "$ipt4"
give_back "$ipt4" ip
remove "$ipt6"
give_back "$ipt6" ip6
ipset list -n | grep -E '^nd-allow[46](-|$)' | while read -r set; do ipset destroy "$set"; done
