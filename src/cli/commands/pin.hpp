// blc trust pin.
#pragma once
#include <string>

#include "cli/session.hpp"

namespace blc::cli {

struct PinOptions {
  std::string file;
  bool code = false;
};

// The pin for others: with the head verified now, and without what is only this user's.
Result<Exit> pin(Session& session, const PinOptions& options);

}  // namespace blc::cli
