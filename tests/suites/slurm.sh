#!/usr/bin/env bash
# Jobs of Slurm: two nodes, both on this machine, each with a slurmd, a name and a /tmp of its own. Ranks that srun
# starts have the numbers of one process, under both MPIs; a batch job trains by the command; a rank that throws, sleeps
# or is killed ends the step. As root, on Linux. The page is train/distributed/README.md.
set -euo pipefail
. cmake/bootstrap.sh
if [ "$(id -u)" -ne 0 ]; then
  say "slurm: as root: slurmd starts what others ask for"
  exit 77
fi
need openmpi-bin libopenmpi-dev mpich libmpich-dev slurmctld slurmd slurm-client munge
configure release -DLOGITAPE_TESTS=ON -DLOGITAPE_EXAMPLES=ON -DLOGITAPE_CUDA=OFF
build release logitape_ranks logitape_engines logitape_command
ranks=$PWD/build/release/tests/logitape_ranks program=$PWD/build/release/command/logitape
export LOGITAPE_ENGINE_FOLDER=$PWD/build/release RANKS_THREADS=1
export OMPI_MCA_btl_vader_single_copy_mechanism=none
# not under /tmp, which the nodes do not share
folder=$(mktemp -d "$PWD/build/slurm.XXXXXX")
export SLURM_CONF=$folder/slurm.conf

leave() {
  pkill -f -- "-f $SLURM_CONF" 2>/dev/null || true
  sleep 1
  rm -rf "$folder"
}
trap leave EXIT
host=$(hostname -s)
cat >"$SLURM_CONF" <<CONF
ClusterName=logitape
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=17000
AuthType=auth/munge
SlurmUser=root
StateSaveLocation=$folder
SlurmdSpoolDir=$folder/%n
SlurmctldPidFile=$folder/ctld.pid
SlurmdPidFile=$folder/%n.pid
SlurmctldLogFile=$folder/ctld.log
SlurmdLogFile=$folder/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=17001 CPUs=4 RealMemory=1000
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=17002 CPUs=4 RealMemory=1000
PartitionName=all Nodes=ALL Default=YES State=UP
CONF
pgrep -x munged >/dev/null || { install -d -o munge /run/munge && runuser -u munge -- munged; }
slurmctld -f "$SLURM_CONF"
for node in n1 n2; do
  mkdir "$folder/$node"
  unshare --mount --uts bash -c "hostname $node && mount --make-rprivate / && mount -t tmpfs tmpfs /tmp &&
    mount -t tmpfs tmpfs /dev/shm && slurmd -f '$SLURM_CONF' -N $node"
done
for _ in $(seq 60); do
  [ "$(sinfo -h -t idle -o %D)" = 2 ] && break
  sleep 0.5
done

# job PMI COUNT ARGUMENT...: so many ranks on both nodes.
job() {
  timeout 120 srun --mpi="$1" -N 2 -n "$2" --overcommit "$ranks" "${@:3}" 2>&1
}
for model in mlp lenet wide; do
  mkdir -p "$folder/$model"
  "$ranks" "$model" "$folder/$model" >/dev/null
  for pmi in pmix pmi2; do
    for count in 2 3 4 8; do
      out=$folder/$model.$pmi.$count
      mkdir "$out"
      job "$pmi" "$count" "$model" "$out" >"$folder/log" || { cat "$folder/log"; exit 1; }
      grep -q "^$count ranks of" "$folder/log" || { cat "$folder/log"; exit 1; }
      cmp "$folder/$model/numbers" "$out/numbers"
      echo "$model: $(grep -m 1 "ranks of" "$folder/log"), by --mpi=$pmi: $(md5sum <"$out/numbers" | cut -c 1-16)"
    done
  done
done

# the page's job
cat >"$folder/job.sh" <<JOB
#!/usr/bin/env bash
#SBATCH --nodes=2 --ntasks-per-node=1 --cpus-per-task=2
srun --mpi=pmix $program train $PWD/examples/data/iris.csv --seed 1 --threads 2 --out $folder/job
JOB
(cd "$folder" && timeout 300 sbatch --wait -o "$folder/job.log" job.sh >/dev/null) || { cat "$folder/job.log"; exit 1; }
"$program" evaluate "$folder/job/classifier.safetensors" examples/data/iris.csv | tail -n 3
echo "the batch job: $(grep -m 1 -i "accuracy" "$folder/job.log")"

for pmi in pmix pmi2; do
  for what in throw sleep kill; do
    out=$folder/fault.$pmi.$what start=$SECONDS
    mkdir "$out"
    if job "$pmi" 4 mlp "$out" 3 "$what" 2 6 >"$folder/log"; then
      echo "WRONG: $what under --mpi=$pmi answers 0"
      exit 1
    fi
    [ ! -e "$out/numbers" ] || { echo "WRONG: $what under --mpi=$pmi went on to its end"; exit 1; }
    echo "$what, --mpi=$pmi: ended after $((SECONDS - start)) s: $(grep -m 1 -i "rank 2 of 4\|killed" "$folder/log")"
  done
done
