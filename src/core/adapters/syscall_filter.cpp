#include "core/adapters/syscall_filter.hpp"

#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <initializer_list>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "core/adapters/descriptor.hpp"
#include "core/base/result.hpp"

namespace blc::adapters {

namespace {

constexpr std::array kRefusedAlways{
    // other processes
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd", "migrate_pages",
    "move_pages",
    // the user's keyrings, which no namespace hides
    "keyctl", "add_key", "request_key",
    // io_uring does what the filter refuses, unseen by it
    "io_uring_setup", "io_uring_enter", "io_uring_register",
    // large attack surface, of no use to a step
    "bpf", "perf_event_open", "userfaultfd", "lookup_dcookie", "fanotify_init", "vmsplice",
    // mounts and namespaces
    "mount", "umount2", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr",
    "pivot_root", "chroot", "setns", "unshare", "name_to_handle_at", "open_by_handle_at", "quotactl", "quotactl_fd",
    // the machine
    "reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "swapon", "swapoff",
    "acct", "syslog", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname", "setdomainname",
    "iopl", "ioperm", "vhangup"};

constexpr std::array kRefusedWithoutNamespaces{
    // any socket may reach the network or an agent
    "socket", "socketpair",
    // Landlock does not cover these: they would reach files of this user anywhere (landlock(7), current limitations)
    "chmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchownat", "setxattr", "lsetxattr", "removexattr",
    "lremovexattr", "utime", "utimes", "futimesat",
    // truncate(2) by path is covered only since ABI 3
    "truncate",
    // shared memory, queues and semaphores of this user's other programs
    "shmget", "shmat", "shmctl", "semget", "semop", "semtimedop", "semctl", "msgget", "msgsnd", "msgrcv", "msgctl",
    "mq_open", "mq_unlink"};

// The sockets that a program in an empty network namespace may have. AF_VSOCK, for one, is in no namespace.
constexpr std::array kHarmlessFamilies{AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

constexpr std::uint64_t kNamespaceFlags =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

class Filter {
 public:
  Filter() : context_(::seccomp_init(SCMP_ACT_ALLOW), &::seccomp_release) {
    if (!context_) throw Broken("libseccomp cannot be used");
    check(::seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
  }

  void refuse(const char* call, std::initializer_list<scmp_arg_cmp> arguments = {}, int error = EPERM) {
    const int number = ::seccomp_syscall_resolve_name(call);
    // Names newer than the library, and those that this architecture never had, cannot be filtered by name.
    if (number == __NR_SCMP_ERROR) return;
    const auto action = SCMP_ACT_ERRNO(static_cast<std::uint32_t>(error));
    check(::seccomp_rule_add_array(context_.get(), action, number, static_cast<unsigned>(arguments.size()),
                                   arguments.begin()));
  }

  [[nodiscard]] std::vector<sock_filter> program() const {
    const Descriptor file(::memfd_create("filter", MFD_CLOEXEC));
    if (!file.valid()) throw_errno("no file can be made in memory");
    check(::seccomp_export_bpf(context_.get(), file.get()));
    struct stat about {};
    if (::fstat(file.get(), &about) != 0) throw_errno("the filter cannot be read");
    std::vector<sock_filter> program(static_cast<std::size_t>(about.st_size) / sizeof(sock_filter));
    const auto size = program.size() * sizeof(sock_filter);
    if (::pread(file.get(), program.data(), size, 0) != static_cast<ssize_t>(size)) {
      throw_errno("the filter cannot be read");
    }
    return program;
  }

 private:
  static void check(int code) {
    if (code < 0) throw Broken(fmt::format("libseccomp refuses a rule: {}", reason(-code)));
  }

  std::unique_ptr<void, decltype(&::seccomp_release)> context_;
};

scmp_arg_cmp argument(unsigned at, scmp_compare comparison, std::uint64_t first, std::uint64_t second = 0) {
  return {at, comparison, first, second};
}

void refuse_new_namespaces(Filter& filter) {
  for (std::uint64_t flag = 1; flag != 0 && flag <= kNamespaceFlags; flag <<= 1U) {
    if ((flag & kNamespaceFlags) != 0) filter.refuse("clone", {argument(0, SCMP_CMP_MASKED_EQ, flag, flag)});
  }
  // Its flags lie behind a pointer; glibc falls back to clone on ENOSYS.
  filter.refuse("clone3", {}, ENOSYS);
}

void refuse_other_sockets(Filter& filter) {
  // Between the harmless families, which are ascending: one rule a gap, since rules of one call are alternatives.
  auto families = kHarmlessFamilies;
  std::ranges::sort(families);
  for (int family = 0; family < families.back(); ++family) {
    if (std::ranges::find(families, family) == families.end()) {
      filter.refuse("socket", {argument(0, SCMP_CMP_EQ, static_cast<std::uint64_t>(family))});
    }
  }
  filter.refuse("socket", {argument(0, SCMP_CMP_GT, static_cast<std::uint64_t>(families.back()))});
}

}  // namespace

std::vector<sock_filter> syscall_filter(Confined confined) {
  Filter filter;
  for (const char* const call : kRefusedAlways) filter.refuse(call);
  refuse_new_namespaces(filter);
  // Typing into the terminal that started blc (CVE-2017-5226), and its console's cousin.
  for (const std::uint64_t request : {static_cast<std::uint64_t>(TIOCSTI), static_cast<std::uint64_t>(TIOCLINUX)}) {
    filter.refuse("ioctl", {argument(1, SCMP_CMP_MASKED_EQ, 0xffffffffU, request)});
  }
  if (confined == Confined::by_namespaces) {
    refuse_other_sockets(filter);
  } else {
    for (const char* const call : kRefusedWithoutNamespaces) filter.refuse(call);
    // With a path it would reach any file of this user; without, only what the program opened.
    filter.refuse("utimensat", {argument(1, SCMP_CMP_NE, 0)});
  }
  return filter.program();
}

}  // namespace blc::adapters
