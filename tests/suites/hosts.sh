#!/usr/bin/env bash
# Four hosts in network namespaces, joined at 1 Gbit/s: ranks on them have the numbers of one process; how long steps
# take whose gradients travel while they are computed, and at the end; a host that is cut off ends the run. As root, on
# Linux. The page is train/distributed/README.md.
set -euo pipefail
. cmake/bootstrap.sh
if [ "$(id -u)" -ne 0 ]; then
  say "hosts: as root: namespaces are the kernel's"
  exit 77
fi
need openmpi-bin libopenmpi-dev iproute2
configure release -DLOGITAPE_TESTS=ON -DLOGITAPE_EXAMPLES=ON -DLOGITAPE_CUDA=OFF
build release logitape_ranks logitape_engines logitape_bench_overlap
ranks=$PWD/build/release/tests/logitape_ranks engines=$PWD/build/release
folder=$(mktemp -d)

down() {
  local i
  for i in 1 2 3 4; do ip netns del "lthost$i" 2>/dev/null || true; done
  ip netns del ltswitch 2>/dev/null || true
}
leave() {
  pkill -f "$ranks" 2>/dev/null || true
  down
  rm -rf "$folder"
}
trap leave EXIT
down
ip netns add ltswitch
ip -n ltswitch link add bridge type bridge
ip -n ltswitch link set bridge up
for i in 1 2 3 4; do
  ip netns add "lthost$i"
  ip -n "lthost$i" link set lo up
  ip link add eth0 netns "lthost$i" type veth peer name "port$i" netns ltswitch
  ip -n "lthost$i" addr add "10.77.0.$i/24" dev eth0
  ip -n "lthost$i" link set eth0 up
  ip -n ltswitch link set "port$i" master bridge
  ip -n ltswitch link set "port$i" up
  ip netns exec "lthost$i" tc qdisc replace dev eth0 root tbf rate 1gbit burst 256kb latency 50ms
done
# what takes the place of ssh: a shell in the host's namespace, under the host's name
cat >"$folder/shell" <<'SHELL'
#!/usr/bin/env bash
host=$1
shift
exec ip netns exec "$host" unshare --uts bash -c "hostname $host; $*"
SHELL
chmod +x "$folder/shell"

# on_hosts COUNT PROGRAM...: so many ranks, host by host.
on_hosts() {
  local count=$1
  shift
  timeout "${LIMIT:-120}" "$folder/shell" lthost1 mpirun.openmpi --allow-run-as-root --oversubscribe --bind-to none \
    --map-by node --mca plm_rsh_agent "$folder/shell" --mca btl tcp,self --mca btl_tcp_if_include 10.77.0.0/24 \
    --mca oob_tcp_if_include 10.77.0.0/24 -H lthost1:2,lthost2:2,lthost3:2,lthost4:2 \
    -x "LOGITAPE_ENGINE_FOLDER=$engines" -x RANKS_THREADS=1 -n "$count" "$@" 2>&1
}

for model in mlp resnet wide; do
  mkdir -p "$folder/$model.1"
  RANKS_THREADS=1 "$ranks" "$model" "$folder/$model.1" >/dev/null
  for count in 2 3 4 8; do
    out=$folder/$model.$count
    mkdir -p "$out"
    on_hosts "$count" "$ranks" "$model" "$out" >"$folder/log" || { cat "$folder/log"; exit 1; }
    cmp "$folder/$model.1/numbers" "$out/numbers"
    echo "$model: $count ranks on $((count < 4 ? count : 4)) hosts: $(md5sum <"$out/numbers" | cut -c 1-16)"
  done
done

for count in 2 4; do LIMIT=300 on_hosts "$count" "$PWD/build/release/tests/bench/bench_overlap" 9; done

# rank 2 sleeps, and its host is cut off meanwhile: the others end it after their patience
mkdir -p "$folder/cut"
start=$SECONDS
on_hosts 4 "$ranks" mlp "$folder/cut" 5 sleep 2 6 >"$folder/log" &
run=$!
sleep 3
ip -n ltswitch link set port3 down
for _ in $(seq 60); do
  grep -q "did not come" "$folder/log" && break
  sleep 0.5
done
grep -m 1 "World:" "$folder/log" || { cat "$folder/log"; exit 1; }
echo "a host that is cut off: said after $((SECONDS - start)) s of the run"
for _ in $(seq 40); do
  kill -0 "$run" 2>/dev/null || break
  sleep 0.5
done
if kill -0 "$run" 2>/dev/null; then echo "mpirun itself waits for the host that is gone: it has to be ended by hand"; fi
