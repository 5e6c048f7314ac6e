"""Why a file was not accepted, in both languages."""

from typing import Final

from django.utils.translation import get_language

from core.errors import Obstacle, Refused

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "empty": ("文件为空，请重新选择。", "The file is empty. Please choose it again."),
    "too_large": ("文件大小为 {size} MB，上限为 {limit} MB。", "The file has {size} MB; the limit is {limit} MB."),
    "type": (
        "不接受此类型的文件。可上传：{accepted}。",
        "This type of file is not accepted. Accepted: {accepted}.",
    ),
    "extension": (
        "文件扩展名（{extension}）与实际内容（{actual}）不符。",
        "The file name ends in “{extension}”, but the content is {actual}.",
    ),
    "encrypted": (
        "文件已加密或设有密码，请上传未加密的文件。",
        "The file is encrypted or has a password. Please upload it without.",
    ),
    "damaged": (
        "文件已损坏，无法读取。请在本机打开确认后重新保存并上传。",
        "The file is damaged and cannot be read. Please open it, save it again and upload it.",
    ),
    "active": (
        "文件含有宏或脚本，请另存为不含宏的文件后上传。",
        "The file contains macros or scripts. Please save it without them.",
    ),
    "embedded": (
        "PDF 中嵌入了其他文件或媒体，请取出后分别上传。",
        "The PDF has other files or media inside. Please take them out and upload them one by one.",
    ),
    "too_complex": (
        "文件过于复杂，无法完成检查。请重新“打印为 PDF”后上传。",
        "The file is too complex to be checked. Please print it to a new PDF and upload that.",
    ),
    "office_too_large": (
        "文件内容过多或过于复杂，无法读取。请只在模板的填写处填写，删除其余内容后重新保存并上传。",
        "There is too much in the file. Please write into the template's own places only, and save it again.",
    ),
    "office_busy": (
        "系统正在读取其他文件，请稍等片刻后再次上传。",
        "Other files are being read just now. Please upload it once more in a moment.",
    ),
    "office_merged": (
        "文件中合并了大片单元格，无法读取。请取消合并后重新上传。",
        "Large areas of cells are merged in the file. Please take them apart and upload it again.",
    ),
    "bomb": (
        "文件解压后过大，已拒绝。",
        "The file unpacks to far more than it should and is refused.",
    ),
    "name_empty": ("文件名为空。", "The file has no name."),
    "name_characters": (
        "文件名含有控制字符或不可见字符，请重命名后上传。",
        "The file name has control or invisible characters. Please rename the file.",
    ),
    "name_path": (
        '文件名不能含有路径或下列字符：/ \\ : * ? " < > |',
        'The file name must not have path parts or any of / \\ : * ? " < > |',
    ),
    "name_long": (
        "文件名过长（最多 {limit} 字节，约 66 个汉字）。",
        "The file name is too long (at most {limit} bytes).",
    ),
}


class FileRefused(Refused):
    """An uploaded file that may not be stored; `code` is stable, `message_zh` and `message_en` are for people.

    As any `Refused` it carries its finding, so that a view that doesn't catch it still answers with the reason.
    """

    def __init__(self, code: str, **values: str) -> None:
        zh, en = MESSAGES[code]
        self.code = code
        self.message_zh = zh.format(**values)
        self.message_en = en.format(**values)
        super().__init__(
            [Obstacle(f"file_{code}", self.message_zh, self.message_en, field="attachments", who_can_clear="pi")]
        )

    def message(self, language: str) -> str:
        """The message in the language ("zh…" or any other for English)."""
        return self.message_zh if language.startswith("zh") else self.message_en

    def __str__(self) -> str:
        return self.message(get_language() or "zh")
