#pragma once
#include <array>
#include <csignal>
#include <stop_token>
#include <thread>

#include "core/adapters/descriptor.hpp"

namespace blc::adapters {

// Turns the first SIGINT, SIGTERM or SIGHUP into a stop request; from then on they end the program as usual,
// so that a second Ctrl-C always helps. One at a time.
class Interrupts {
 public:
  Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  ~Interrupts();

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  void listen();

  std::stop_source source_;
  Descriptor reader_;
  Descriptor writer_;
  std::array<struct sigaction, 3> before_{};
  std::thread listener_;
};

// Ctrl-C came, and was taken care of in place of ending the program there. Safe in a signal handler.
void note_ctrl_c() noexcept;
// Ends the program as Ctrl-C does where nobody takes care of it, if it came; else returns. Whoever waits for the
// program sees what ended it: a shell goes on with no loop and no script.
void end_by_ctrl_c() noexcept;

}  // namespace blc::adapters
