#pragma once
#include <string>

#include "core/approval/log.hpp"

namespace blc::cli {

// What a pin says, for two people to compare by voice: the first 128 bits of SHA-256("blc.pin/v1" LF origin LF root 1 in
// hex LF) as eight words of five letters, proquints (D. S. Wilkerson, A Proposal for Proquints, arXiv:0901.4016). The
// checkpoint, which differs from export to export, is left out.
[[nodiscard]] std::string pin_words(const approval::Pin& pin);

}  // namespace blc::cli
