#!/bin/sh
# Process 1 of a firewall container: rules, node, keepalived, with the interfaces found by their addresses.
set -eu

interface_of() {
    ip -o addr show | awk -v address="$1" '{ split($4, part, "/"); if (part[1] == address) print $2 }'
}

lan=$(interface_of "$LAN_ADDRESS")
wan=$(interface_of "$WAN_ADDRESS")
sync=$(interface_of "$SYNC_ADDRESS")
mkdir -p /run/keepflow /etc/keepflow

fill() {
    sed -e "s|@LAN@|$lan|g" -e "s|@WAN@|$wan|g" -e "s|@SYNC@|$sync|g" \
        -e "s|@LAN_ADDRESS@|$LAN_ADDRESS|g" -e "s|@WAN_ADDRESS@|$WAN_ADDRESS|g" -e "s|@SYNC_ADDRESS@|$SYNC_ADDRESS|g" \
        -e "s|@LAN_VIP@|$LAN_VIP|g" -e "s|@WAN_VIP@|$WAN_VIP|g" \
        -e "s|@LAN_VIP6@|$LAN_VIP6|g" -e "s|@WAN_VIP6@|$WAN_VIP6|g" \
        -e "s|@PRIORITY@|$PRIORITY|g" -e "s|@NODE@|$NODE|g" "$1"
}

fill /kit/firewall.nft >/run/firewall.nft
fill /kit/keepalived.conf >/run/keepalived.conf
fill /kit/keepflow.toml >/etc/keepflow/keepflow.toml
nft -f /run/firewall.nft
if [ "$REPLICATION" = STATIC_MEMBERS ]; then
    sed -i "/^bind /a members = [\"$SYNC_ADDRESS\", \"$SYNC_PEER\"]" /etc/keepflow/keepflow.toml
    # As in a cloud: the network carries no multicast.
    nft insert rule inet bed input iifname "$sync" ip daddr 224.0.0.0/4 drop
fi

if [ "$REPLICATION" != NONE ]; then
    keepflow run --config /etc/keepflow/keepflow.toml &
fi

# A link-local address cannot send before its duplicate check is over; keepalived does not wait for it.
for _ in $(seq 100); do
    [ -n "$(ip -6 addr show tentative)" ] || break
    sleep 0.1
done
# Left over from before a power cut; keepalived would find its own process number in there and think that it runs already.
rm -f /run/keepalived.pid /run/vrrp.pid
exec keepalived --dont-fork --log-console --log-detail --use-file /run/keepalived.conf
