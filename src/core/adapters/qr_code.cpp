#include "core/adapters/qr_code.hpp"

#include <dlfcn.h>
#include <qrencode.h>

#include <memory>

namespace blc::adapters {

namespace {

constexpr int kBorder = 4;  // modules, as the standard asks for

// Dark modules let the terminal's background through; light ones are drawn.
bool light(const QRcode& code, int row, int column) {
  const bool inside = row >= 0 && row < code.width && column >= 0 && column < code.width;
  return !inside || (code.data[row * code.width + column] & 1U) == 0;
}

std::string in_blocks(const QRcode& code) {
  std::string text;
  for (int row = -kBorder; row < code.width + kBorder; row += 2) {
    for (int column = -kBorder; column < code.width + kBorder; ++column) {
      const bool above = light(code, row, column);
      const bool below = row + 1 < code.width + kBorder && light(code, row + 1, column);
      text += above && below ? "\u2588" : above ? "\u2580" : below ? "\u2584" : " ";
    }
    text += '\n';
  }
  return text;
}

std::string in_ascii(const QRcode& code) {
  std::string text;
  for (int row = -kBorder; row < code.width + kBorder; ++row) {
    for (int column = -kBorder; column < code.width + kBorder; ++column) text += light(code, row, column) ? "##" : "  ";
    text += '\n';
  }
  return text;
}

}  // namespace

Result<std::string> qr_code(const std::string& text, QrInk ink) {
  const std::unique_ptr<void, int (*)(void*)> library(::dlopen("libqrencode.so.4", RTLD_NOW | RTLD_LOCAL), [](void* held) { return held == nullptr ? 0 : ::dlclose(held); });
  if (!library) return fail(Exit::failed, "QR codes need libqrencode, which is not installed", "apt install libqrencode4");
  const auto encode = reinterpret_cast<decltype(&QRcode_encodeString8bit)>(::dlsym(library.get(), "QRcode_encodeString8bit"));
  const auto release = reinterpret_cast<decltype(&QRcode_free)>(::dlsym(library.get(), "QRcode_free"));
  if (encode == nullptr || release == nullptr) return fail(Exit::failed, "this libqrencode makes no QR codes", "apt install --reinstall libqrencode4");
  const std::unique_ptr<QRcode, decltype(release)> code(encode(text.c_str(), 0, QR_ECLEVEL_M), release);
  if (!code) return fail(Exit::failed, "the text does not fit a QR code");
  return ink == QrInk::blocks ? in_blocks(*code) : in_ascii(*code);
}

}  // namespace blc::adapters
