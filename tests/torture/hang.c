/* A disk that hangs: no sync of a file returns while the file named by HANG_WHILE exists. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int when_it_answers(const char *name, int file) {
  const char *hang = getenv("HANG_WHILE");
  while (hang && access(hang, F_OK) == 0)
    usleep(5000);
  int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  return sync(file);
}

int fsync(int file) { return when_it_answers("fsync", file); }

int fdatasync(int file) { return when_it_answers("fdatasync", file); }
