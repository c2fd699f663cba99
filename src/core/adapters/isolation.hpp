#pragma once
#include <memory>
#include <string>

#include "core/adapters/sealed_program.hpp"
#include "core/adapters/supervisor.hpp"
#include "core/base/result.hpp"
#include "core/ports/processes.hpp"

namespace blc::adapters {

inline constexpr const char* kBubblewrap = "/usr/bin/bwrap";

// Everything that must exist while one program runs confined; gone when this goes.
class Cage {
 public:
  virtual ~Cage() = default;
  [[nodiscard]] virtual const Command& command() const = 0;
  // What the program itself ended with. An error means that it was never started.
  [[nodiscard]] virtual Result<decltype(ports::Finished::how)> verdict(const Ended& ended) = 0;
};

// A way to confine a program to its View and the machine's system directories.
class Isolation {
 public:
  virtual ~Isolation() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  // Exit::usage when the view cannot be made as it stands.
  [[nodiscard]] virtual Result<std::unique_ptr<Cage>> prepare(const ports::Launch& launch,
                                                              const SealedProgram& program) = 0;
};

// Namespaces by bubblewrap: an empty network, a process tree that ends with its first process, and a file
// system in which nothing but /usr and the View exists. The program's argv[0] and path are /program/NAME, its
// working directory /practice. A program that exits with 128 + n shows as Signalled{n}, since bubblewrap
// reports one like the other. Null where bubblewrap is not installed.
[[nodiscard]] std::unique_ptr<Isolation> bubblewrap();

// For machines without user namespaces: no_new_privs, the syscall filter, and Landlock. The View is a private
// folder in memory; writable folders are links to their real places. Everything else of this user can be seen
// to exist, but neither read nor changed; there is no /tmp. Before Landlock's ABI 6 (Linux 6.12) the program
// can send signals to this user's other processes. Null where the kernel has no Landlock.
[[nodiscard]] std::unique_ptr<Isolation> landlock();

// What both ask of a launch before anything is made: paths that stay in the practice and do not overlap a
// writable folder, and texts that a C string can hold. Exit::usage.
[[nodiscard]] Result<> check(const ports::Launch& launch);

// The program's file name in its view: the last part of argv[0], or of where it was found.
[[nodiscard]] std::string program_name(const ports::Launch& launch, const SealedProgram& program);

}  // namespace blc::adapters
