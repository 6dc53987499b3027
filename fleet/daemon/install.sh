# Installs the daemon that connects this machine to a Fleet. Everything is in functions, called by the last line:
# a download that was cut does nothing. What the server says stands in the three lines above.
#
#   --as USER      run it as this person, with their files and logins (root only if you say so)
#   --plaintext    without TLS, although the Fleet is another machine: everybody on the way can listen
#   --ca-file F    trust these certificate authorities only
#   --new          only if this machine is no host yet
#   --again        enrol anew: this machine becomes another host
#   --uninstall    take it away; logs and results that were not handed over yet go with it

umask 022
# What belongs to the system first: the Python of somebody's own folder may not be run by another user.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH
folder=/usr/local/lib/fleet-daemon
config=/etc/fleet-daemon/daemon.json
environment=/etc/fleet-daemon/environment
state=/var/lib/fleet-daemon
unit=/etc/systemd/system/fleet-daemon.service
openrc=/etc/init.d/fleet-daemon
program=$folder/fleet-daemon.pyz
user=fleet-daemon
chosen_user=
uninstall=
again=
new=
plaintext=
ca_file=

say() { printf 'fleet-daemon: %s\n' "$*"; }

fail() {
  printf 'fleet-daemon: %s\n' "$*" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

read_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      --as) [ $# -gt 1 ] || fail "--as needs the name of a user."; chosen_user=$2; shift ;;
      --as=*) chosen_user=${1#--as=} ;;
      --ca-file) [ $# -gt 1 ] || fail "--ca-file needs a file."; ca_file=$2; shift ;;
      --ca-file=*) ca_file=${1#--ca-file=} ;;
      --plaintext) plaintext=yes ;;
      --again) again=yes ;;
      --new) new=yes ;;
      --uninstall) uninstall=yes ;;
      *) fail "what is $1? There are --as USER, --ca-file FILE, --plaintext, --new, --again, --uninstall." ;;
    esac
    shift
  done
  case $chosen_user in -*) fail "$chosen_user is no user." ;; esac
  case $ca_file in ''|/*) ;; *) fail "--ca-file needs a path that begins with /." ;; esac
}

need_root() {
  [ "$(id -u)" = 0 ] || fail "this needs root: put 'sudo' before 'sh'. The daemon itself will not run as root."
}

find_python() {
  for python in python3 python3.13 python3.12 python3.11 python3.10 python3.9 /usr/libexec/platform-python; do
    if have "$python" && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
      python=$(command -v "$python")
      return
    fi
  done
  fail "Python 3.9 or newer is needed, and there is none. Debian, Ubuntu: apt install python3. Alpine: apk add python3."
}

choose_user() {
  if [ -n "$chosen_user" ]; then
    user=$chosen_user
    id -u "$user" >/dev/null 2>&1 || fail "there is no user $user."
    return
  fi
  if ! id -u "$user" >/dev/null 2>&1; then
    say "making the system user $user"
    if have useradd; then
      useradd --system --home-dir "$state" --no-create-home --shell /bin/sh "$user" || fail "useradd failed."
    else
      adduser -S -D -H -h "$state" -s /bin/sh "$user" || fail "adduser failed."
    fi
  fi
  # What it may read of the machine's logs.
  for group in systemd-journal adm; do
    grep -q "^$group:" /etc/group 2>/dev/null || continue
    if have usermod; then usermod -a -G "$group" "$user"; else addgroup "$user" "$group"; fi >/dev/null 2>&1 ||
      say "the user $user could not be put into the group $group: some logs will not be readable"
  done
}

put_program() {
  mkdir -p "$folder" "$(dirname "$config")" || fail "$folder cannot be made."
  say "putting the daemon into $program"
  daemon | "$python" -c '
import base64, hashlib, os, sys
path, wanted = sys.argv[1:]
content = base64.b64decode(sys.stdin.buffer.read())
if hashlib.sha256(content).hexdigest() != wanted:
    sys.exit("fleet-daemon: what has come is not the daemon that the server sent.")
with open(path + ".new", "wb") as file:
    file.write(content)
    file.flush()
    os.fsync(file.fileno())
os.chmod(path + ".new", 0o755)
os.rename(path + ".new", path)
' "$program" "$daemon_sha256" || fail "the daemon could not be put there."
  # SELinux: what was made here has this place's label.
  if have restorecon; then restorecon -R "$folder" "$(dirname "$config")" || say "restorecon failed"; fi
}

# Runs a command as the daemon's user. Nobody waits for it: a process of root's beside the daemon would outlive it.
as_user() {
  if [ "$user" = root ]; then
    exec "$@"
  fi
  exec "$python" -c 'import os, pwd, sys
user = pwd.getpwnam(sys.argv[1])
os.initgroups(user.pw_name, user.pw_gid); os.setgid(user.pw_gid); os.setuid(user.pw_uid)
os.environ.update(HOME=user.pw_dir, USER=user.pw_name, LOGNAME=user.pw_name)
os.execvp(sys.argv[2], sys.argv[2:])' "$user" "$@"
}

prepare_state() {
  mkdir -p "$state" && chown -R "$user" "$state" && chmod 700 "$state" || fail "$state cannot be made."
  if have restorecon; then restorecon -R "$state" || say "restorecon failed"; fi
}

# The identity of a machine that is enrolled already stays, unless --again says otherwise.
enrol() {
  if [ -f "$state/key" ] && [ -z "$again" ]; then
    grep -qF "\"$fleet_url\"" "$config" 2>/dev/null ||
      fail "this machine is enrolled at another Fleet (see $config): --again makes it a host of $fleet_url."
    say "this machine is enrolled already; its identity stays"
    return
  fi
  stop_service
  say "enrolling at $fleet_url"
  set -- --url "$fleet_url" --state "$state" --key-stdin
  [ -z "$plaintext" ] || set -- "$@" --plaintext
  [ -z "$ca_file" ] || set -- "$@" --ca-file "$ca_file"
  [ -z "$again" ] || set -- "$@" --again
  # As root, for the folder of the settings; what it leaves is the user's.
  printf '%s' "$enrolment_key" | "$python" "$program" enrol --config "$config" "$@" || exit 1
  chown -R "$user" "$state"
  chmod 644 "$config"
}

stop_service() {
  if [ -d /run/systemd/system ]; then
    systemctl stop fleet-daemon 2>/dev/null || true
  elif [ -x "$openrc" ]; then
    "$openrc" stop >/dev/null 2>&1 || true
  fi
  stop_process
}

# The daemon alone: what it has started goes on.
stop_process() {
  [ -f "$state/pid" ] || return 0
  pid=$(cat "$state/pid")
  rm -f "$state/pid"
  [ -d "/proc/$pid" ] || return 0
  case $(tr '\0' ' ' <"/proc/$pid/cmdline") in *"$program run"*) kill "$pid" 2>/dev/null ;; *) return 0 ;; esac
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.5
  done
}

start_service() {
  put_environment
  if [ -d /run/systemd/system ]; then
    put_unit
  elif have openrc-run || [ -d /run/openrc ]; then
    put_openrc
  else
    start_process
  fi
}

# How this machine gets out, as it was when this ran; a proxy's password is for nobody else to read.
put_environment() {
  : >"$environment" && chown "$user" "$environment" && chmod 600 "$environment" || fail "$environment cannot be written."
  for name in HTTPS_PROXY https_proxy HTTP_PROXY http_proxy NO_PROXY no_proxy; do
    eval "value=\${$name-}"
    [ -z "$value" ] || printf '%s=%s\n' "$name" "$value" >>"$environment"
  done
}

put_unit() {
  cat >"$unit" <<END || fail "$unit cannot be written."
[Unit]
Description=Connects this machine to Fleet
Documentation=$fleet_url
Wants=network-online.target
After=network-online.target

[Service]
User=$user
EnvironmentFile=-$environment
ExecStart=$python $program run --config $config
Restart=always
RestartSec=2
# Commands go on while the daemon is started anew.
KillMode=process

[Install]
WantedBy=multi-user.target
END
  systemctl daemon-reload && systemctl enable fleet-daemon >/dev/null 2>&1 && systemctl restart fleet-daemon ||
    fail "systemd could not start it: journalctl -u fleet-daemon tells why."
  say "it runs as $user, now and after each start of the machine (systemctl status fleet-daemon)"
}

put_openrc() {
  cat >"$openrc" <<END || fail "$openrc cannot be written."
#!/sbin/openrc-run
description="Connects this machine to Fleet"
command="$python"
command_args="$program run --config $config"
command_user="$user"
supervisor=supervise-daemon
start_pre() { set -a; . $environment; set +a; }
output_log=/var/log/fleet-daemon.log
error_log=/var/log/fleet-daemon.log
depend() { need net; }
END
  chmod 755 "$openrc"
  touch /var/log/fleet-daemon.log && chown "$user" /var/log/fleet-daemon.log
  rc-update add fleet-daemon default >/dev/null && "$openrc" restart || fail "OpenRC could not start it."
  say "it runs as $user, now and after each start of the machine (rc-service fleet-daemon status)"
}

start_process() {
  stop_process
  : >/var/log/fleet-daemon.log && chown "$user" /var/log/fleet-daemon.log
  if have setsid; then detach=setsid; else detach=nohup; fi
  (
    # Nothing of the terminal, or of the pipe that this came through, is kept.
    exec >>/var/log/fleet-daemon.log 2>&1 </dev/null
    cd / || exit 1
    as_user "$detach" sh -c 'echo $$ >"$0"; exec "$@"' "$state/pid" "$python" "$program" run --config "$config"
  ) &
  say "it runs as $user; there is neither systemd nor OpenRC here, so nobody starts it after a restart of the machine"
}

wait_for_link() {
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    if (as_user "$python" "$program" status --config "$config") >/dev/null 2>&1; then
      say "connected to $fleet_url"
      return
    fi
    sleep 0.5
  done
  say "installed, but not connected yet:"
  (as_user "$python" "$program" status --config "$config") || true
}

take_away() {
  stop_service
  if [ -f "$unit" ]; then
    systemctl disable fleet-daemon >/dev/null 2>&1 || true
    rm -f "$unit"
    systemctl daemon-reload 2>/dev/null || true
  fi
  if [ -f "$openrc" ]; then
    rc-update del fleet-daemon default >/dev/null 2>&1 || true
    rm -f "$openrc"
  fi
  rm -rf "$folder" "$(dirname "$config")" "$state" /var/log/fleet-daemon.log
  if id -u fleet-daemon >/dev/null 2>&1; then
    if have userdel; then userdel fleet-daemon; else deluser fleet-daemon; fi >/dev/null 2>&1 || true
  fi
  say "taken away; delete the host on its page, which ends its key"
}

install_fleet_daemon() {
  read_options "$@"
  need_root
  if [ -n "$uninstall" ]; then
    take_away
    return
  fi
  if [ -n "$new" ] && [ -f "$state/key" ]; then
    fail "this machine is a host already (see $config); take its daemon away first, by this script's --uninstall."
  fi
  find_python
  say "this installs the daemon of $fleet_url: a program in $folder, settings in $(dirname "$config"), state in $state"
  choose_user
  put_program
  prepare_state
  enrol
  start_service
  wait_for_link
}
