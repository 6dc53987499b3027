// ssebench: N subscribers of Server-Sent Events on one epoll thread, and a closed loop of publishers.
//
//   ssebench PORT SUBSCRIBE PUBLISH TOKEN N SECONDS WINDOWS PIDS SIZE BEFORE AFTER
//
// TOKEN is a bearer token for both paths, or "-". WINDOWS is a list such as 1,16,16/1: for each, that many
// connections publish by POST, and never more messages are under way than that (a message is, until all N
// have it); 16/1 lets one connection publish alone, as fast as it is answered, with 16 under way. A message is BEFORE, then a text of SIZE bytes that begins "T=<19 digits of monotonic ns>,<7
// digits>;", then AFTER. The text is found again in whatever arrives, so that joined frames count each.
// PIDS is the server's processes, whose memory and CPU time are read. One line of JSON for the
// subscribers, then one for each window.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MARK = 2 + 19 + 1 + 7 + 1, MOST_MESSAGES = 1 << 20, MOST_WINDOW = 256, BUFFER = 1 << 18 };
static const long SECOND = 1000000000L;

typedef struct { int fd, kept, ready; char rest[MARK]; } Subscriber;
typedef struct { unsigned message, us; } Receipt;

static int port, subscribers, window, publishers, size, epoll;
static const char *token, *publish, *before, *after, *pids;
static Subscriber *all;
static Receipt *receipts;
static long room, count, bytes, last_receipt, start_ns, end_ns, real_offset;
static long delivered, issued, unanswered, stopped;            // delivered and on: under `lock`
static long *published, *written, *answered;                   // by message; monotonic ns
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;

static void fail(const char *what) { perror(what); exit(1); }

static long clock_ns(clockid_t which) {
  struct timespec t;
  clock_gettime(which, &t);
  return t.tv_sec * SECOND + t.tv_nsec;
}

static long now(void) { return clock_ns(CLOCK_MONOTONIC); }

static int connected(void) {
  int s = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = inet_addr("127.0.0.1")};
  for (int tries = 0; tries < 200; tries++) {
    if (connect(s, (void *)&a, sizeof a) == 0) return s;
    usleep(5000);
  }
  fail("connect");
  return -1;
}

static void gone(int fd) {  // with RST: thousands of sockets in TIME_WAIT would collide with the next run
  struct linger at_once = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(fd);
}

static void send_whole(int fd, const char *p, long left) {
  for (long w; left > 0; p += w, left -= w)
    if ((w = send(fd, p, left, MSG_NOSIGNAL)) <= 0) fail("send");
}

// The sum over all processes of a figure: resident KiB ('m') or CPU seconds ('c').
static double of_server(char figure) {
  double sum = 0;
  char name[64], text[1024], *copy = strdup(pids), *state;
  for (char *pid = strtok_r(copy, ",", &state); pid; pid = strtok_r(0, ",", &state)) {
    snprintf(name, sizeof name, "/proc/%s/%s", pid, figure == 'm' ? "statm" : "stat");
    FILE *f = fopen(name, "r");
    if (!f) continue;
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    fclose(f);
    unsigned long a = 0, b = 0;
    if (figure == 'm' && sscanf(text, "%*u %lu", &a) == 1) sum += a * (sysconf(_SC_PAGESIZE) / 1024.0);
    char *rest = strrchr(text, ')');
    if (figure == 'c' && rest && sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &a, &b) == 2)
      sum += (a + b) / (double)sysconf(_SC_CLK_TCK);
  }
  free(copy);
  return sum;
}

static double own_cpu(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

// The answer's `"timestamp":"2026-11-22T14:33:05.123456Z"`: when its transaction began. 0 without one.
static long transaction_ns(const char *answer) {
  const char *at = strstr(answer, "\"timestamp\":\"");
  struct tm t = {0};
  if (!at || !(at = strptime(at + 13, "%Y-%m-%dT%H:%M:%S", &t))) return 0;
  double part = *at == '.' ? strtod(at, 0) : 0;
  return timegm(&t) * SECOND + (long)(part * 1e9) - real_offset;
}

// Reads one answer; returns its status.
static int read_answer(int fd, char *answer, int most) {
  for (int have = 0;;) {
    int r = recv(fd, answer + have, most - 1 - have, 0);
    if (r <= 0) fail("the publisher's answer");
    answer[have += r] = 0;
    char *body = strstr(answer, "\r\n\r\n"), *length = strcasestr(answer, "content-length:");
    if (body && have >= body - answer + 4 + (length ? atoi(length + 15) : 0)) return atoi(answer + 9);
  }
}

static long next_ticket(void) {
  pthread_mutex_lock(&lock);
  while (!stopped && delivered < (issued - window + 1) * subscribers) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1;
    pthread_cond_timedwait(&moved, &lock, &until);
    if (now() > end_ns) stopped = 1;
  }
  if (now() > end_ns || issued >= MOST_MESSAGES) stopped = 1;
  long ticket = stopped ? -1 : issued++;
  unanswered += ticket >= 0;
  pthread_mutex_unlock(&lock);
  return ticket;
}

static void *publisher(void *nothing) {
  int fd = connected(), long_body = strlen(before) + size + strlen(after);
  char *request = malloc(long_body + 1024), answer[16384], bearer[300] = "";
  struct timeval patience = {30, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (strcmp(token, "-")) snprintf(bearer, sizeof bearer, "Authorization: Bearer %s\r\n", token);
  for (long ticket; (ticket = next_ticket()) >= 0;) {
    int n = sprintf(request,
      "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s",
      publish, bearer, long_body, before);
    memset(request + n, 'x', size);
    published[ticket] = now();
    char mark[MARK + 1];
    sprintf(mark, "T=%019ld,%07ld;", published[ticket], ticket);
    memcpy(request + n, mark, MARK);
    strcpy(request + n + size, after);
    send_whole(fd, request, n + size + strlen(after));
    int status = read_answer(fd, answer, sizeof answer);
    answered[ticket] = now();
    written[ticket] = transaction_ns(answer);
    if (status < 200 || status > 299) { fprintf(stderr, "publishing was answered with %d\n", status); exit(1); }
    __atomic_sub_fetch(&unanswered, 1, __ATOMIC_SEQ_CST);
  }
  gone(fd);
  free(request);
  return nothing;
}

static void subscribe(const char *path) {
  char request[1024], bearer[300] = "";
  if (strcmp(token, "-")) snprintf(bearer, sizeof bearer, "Authorization: Bearer %s\r\n", token);
  int n = snprintf(request, sizeof request,
    "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n%s\r\n", path, bearer);
  for (int i = 0; i < subscribers; i++) {
    all[i].fd = connected();
    send_whole(all[i].fd, request, n);
    fcntl(all[i].fd, F_SETFL, O_NONBLOCK);
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = i};
    epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].fd, &e);
    if (i % 100 == 99) usleep(2000);
  }
}

// Notes every message in what came; the beginning of one at the end is kept for the next time.
static long note(Subscriber *s, char *p, char *end, long at) {
  long found = 0;
  s->kept = 0;
  for (char *mark; (mark = memchr(p, 'T', end - p)); p = mark + 1) {
    if (end - mark < MARK) { memcpy(s->rest, mark, s->kept = end - mark); break; }
    if (mark[1] != '=' || mark[MARK - 1] != ';') continue;
    long sent = strtol(mark + 2, 0, 10);
    if (sent < start_ns) continue;
    if (count == room) receipts = realloc(receipts, (room = room ? room * 2 : 1 << 20) * sizeof *receipts);
    receipts[count++] = (Receipt){atol(mark + 22), (at - sent) / 1000};
    last_receipt = at;
    found++;
  }
  return found;
}

static void receive(int milliseconds) {
  static char buffer[BUFFER + MARK];
  struct epoll_event events[512];
  long found = 0, n = epoll_wait(epoll, events, 512, milliseconds);
  for (int j = 0; j < n; j++) {
    Subscriber *s = &all[events[j].data.u32];
    memcpy(buffer, s->rest, s->kept);
    long r = recv(s->fd, buffer + s->kept, BUFFER, 0);
    if (r == 0 || (r < 0 && errno != EAGAIN)) { fprintf(stderr, "a stream was closed\n"); exit(1); }
    if (r < 0) continue;
    if (!s->ready && r > 12 && strncmp(buffer, "HTTP/1.1 200", 12)) { fprintf(stderr, "%.*s\n", (int)r, buffer); exit(1); }
    s->ready = 1;
    bytes += r;
    found += note(s, buffer, buffer + s->kept + r, now());
  }
  pthread_mutex_lock(&lock);
  if (delivered / subscribers != (delivered + found) / subscribers) pthread_cond_broadcast(&moved);
  delivered += found;
  pthread_mutex_unlock(&lock);
}

static int ascending(const void *a, const void *b) {
  double x = *(double *)a, y = *(double *)b;
  return x < y ? -1 : x > y;
}

static void percentiles(const char *name, double *ms, long n) {
  if (!n) return;
  qsort(ms, n, sizeof *ms, ascending);
  printf(", \"%s_p50_ms\": %.3f, \"%s_p99_ms\": %.3f, \"%s_max_ms\": %.3f", name, ms[n / 2], name,
         ms[(long)(n * 0.99)], name, ms[n - 1]);
}

static void print_latencies(void) {
  double *ms = malloc((count + issued + 1) * sizeof *ms);
  long n = 0;
  for (long i = 0; i < count; i++) ms[i] = receipts[i].us / 1e3;
  percentiles("receipt", ms, count);
  for (long i = 0; i < count; i++) {
    unsigned m = receipts[i].message;
    if (written[m]) ms[n++] = receipts[i].us / 1e3 - (written[m] - published[m]) / 1e6;
  }
  percentiles("transaction", ms, n);
  for (long i = 0; i < issued; i++) ms[i] = (answered[i] - published[i]) / 1e6;
  percentiles("post", ms, issued);
  free(ms);
}

static void run(double seconds, int show) {
  pthread_t threads[MOST_WINDOW];
  count = bytes = delivered = issued = unanswered = stopped = 0;
  double server = of_server('c'), own = own_cpu();
  start_ns = last_receipt = now();
  end_ns = start_ns + (long)(seconds * 1e9);
  for (int i = 0; i < publishers; i++) pthread_create(&threads[i], 0, publisher, 0);
  long give_up = end_ns + 20 * SECOND;
  while (now() < give_up && (!stopped || unanswered || delivered < issued * subscribers)) receive(100);
  for (int i = 0; i < publishers; i++) pthread_join(threads[i], 0);
  server = of_server('c') - server;
  own = own_cpu() - own;
  if (!show) return;
  double took = (last_receipt - start_ns) / 1e9;
  printf("{\"window\": %d, \"publishers\": %d, \"messages\": %ld, \"deliveries\": %ld, \"lost\": %ld, \"seconds\": %.3f,"
         " \"per_second\": %.1f, \"server_cpu_s\": %.3f, \"client_cpu_s\": %.3f, \"bytes_each\": %.1f",
         window, publishers, issued, count, issued * subscribers - count, took, count / took, server, own, bytes / (double)count);
  print_latencies();
  printf("}\n");
  fflush(stdout);
}

int main(int argc, char **argv) {
  if (argc != 12) { fprintf(stderr, "see the first lines of ssebench.c\n"); return 2; }
  port = atoi(argv[1]), publish = argv[3], token = argv[4], subscribers = atoi(argv[5]);
  double seconds = atof(argv[6]);
  pids = argv[8], size = atoi(argv[9]), before = argv[10], after = argv[11];
  all = calloc(subscribers, sizeof *all);
  published = calloc(MOST_MESSAGES, sizeof(long)), written = calloc(MOST_MESSAGES, sizeof(long));
  answered = calloc(MOST_MESSAGES, sizeof(long));
  real_offset = clock_ns(CLOCK_REALTIME) - now();
  start_ns = now();
  epoll = epoll_create1(0);
  double memory = of_server('m');
  subscribe(argv[2]);
  int ready = 0;
  for (long until = now() + 60 * SECOND; ready < subscribers && now() < until;) {
    receive(100);
    ready = 0;
    for (int i = 0; i < subscribers; i++) ready += all[i].ready;
  }
  if (ready < subscribers) { fprintf(stderr, "only %d of %d streams opened\n", ready, subscribers); return 1; }
  double connecting = (now() - start_ns) / 1e9;
  for (long until = now() + SECOND; now() < until;) receive(100);
  printf("{\"subscribers\": %d, \"connect_seconds\": %.3f, \"kib_each\": %.3f}\n", subscribers, connecting,
         (of_server('m') - memory) / subscribers);
  fflush(stdout);
  window = publishers = 1;
  run(0.5, 0);
  for (char *next = strtok(argv[7], ","); next; next = strtok(0, ",")) {
    char *slash = strchr(next, '/');
    window = atoi(next), publishers = slash ? atoi(slash + 1) : window;
    if (window < 1 || window > MOST_WINDOW || publishers < 1 || publishers > window) { fprintf(stderr, "a window of %d\n", window); return 2; }
    run(seconds, 1);
  }
  for (int i = 0; i < subscribers; i++) gone(all[i].fd);
  return 0;
}
